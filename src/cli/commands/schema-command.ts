import { jsonSchema, schemaNames } from '../../app/json-schema.js';
import { UserError } from '../../util/diagnostic.js';
import { suggestion } from '../../util/suggest.js';
import type { Define } from '../context.js';

const examples = `
The schema of recipes knows the build systems and architectures of the project. That of events
describes each line that --json prints.

Examples:
  $ stubforge schema > recipe.schema.json
  $ stubforge schema build-system
  $ stubforge schema events

An editor with the YAML language server then checks and completes a recipe whose first line is
  # yaml-language-server: $schema=../recipe.schema.json`;

const define: Define = (command, run) => {
  command
    .argument('[name]', `one of ${schemaNames.join(', ')} (default: recipe)`)
    .addHelpText('after', examples)
    .action(
      run(async (context, _options, args) => {
        const text = args[0] ?? 'recipe';
        const name = schemaNames.find((each) => each === text);
        if (!name) {
          throw new UserError(
            {
              id: 'cli.unknown-schema',
              message: `there is no schema '${text}'`,
              help: suggestion(text, schemaNames, 'schemas'),
            },
            2,
          );
        }
        const schema = await jsonSchema(name, context.session.project);
        context.result('schema', schema, JSON.stringify(schema, null, 2));
        return 0;
      }),
    );
};

export default define;
