import { fileRange } from '../../elf/elf.js';
import { filesSection } from '../../files-segment.js';
import { FilesSegmentError, readFilesSegment } from '../../read-files-segment.js';
import { failed, notApplicable, passed, type Rule } from '../rule.js';

/** Rules about what the image step packs. */
export const fileRules: readonly Rule[] = [
  {
    name: 'file-tree',
    summary: 'the packed file tree, where there is one, is whole and consistent',
    check({ elf, loads }) {
      const section = elf.sections.find((each) => each.name === filesSection);
      if (!section) return notApplicable(`there is no section ${filesSection}`);
      const bytes = fileRange(elf.bytes, section.offset, section.size);
      if (!bytes) return failed(`${filesSection} reaches past the end of the file`);
      const loaded = loads.some(
        (segment) => segment.virtualAddress === section.address && segment.fileSize >= section.size,
      );
      if (!loaded) return failed(`${filesSection} is not loaded as a segment of its own`);
      try {
        readFilesSegment(bytes);
        return passed;
      } catch (error) {
        if (error instanceof FilesSegmentError) return failed(`${filesSection}: ${error.message}`);
        throw error;
      }
    },
  },
];
