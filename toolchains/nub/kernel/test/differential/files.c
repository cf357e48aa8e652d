#include "record.h"
#include <fcntl.h>
#include <unistd.h>
static void nothing(void){ CALL(open("x", O_RDONLY)); CALL(access(".", W_OK)); }
TOPIC(files, CASE(nothing));
