/*
 * The one place of the numbers that every chapter may add to.
 */
#include <counts.h>

struct counts counts;
