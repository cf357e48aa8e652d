/*
 * Names for addresses, from the table that the image step packs.
 */
#include <archive/archive.h>

bool symbol_describe(uintptr_t address, char *text, size_t size)
{
    const struct archive_symbol *symbols = archive_at(__nub_files.symbols_offset);
    size_t low = 0, high = __nub_files.symbols_count;

    /* The last symbol that does not begin behind the address. */
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return false;
    format(text, size, "%s+0x%lx", archive_string(symbols[low - 1].name_offset),
           (unsigned long)(address - symbols[low - 1].address));
    return true;
}
