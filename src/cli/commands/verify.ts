import { UserError } from '../../util/problem.js';
import type { Define } from '../context.js';

const define: Define = (command, run) => {
  command.action(
    run(async () => {
      throw new UserError({ message: 'this command is not written yet' });
    }),
  );
};

export default define;
