/* version.c: the version of the library as text. */
#include "v6nf/version.h"

#define AS_TEXT(number) #number
#define VERSION_TEXT(major, minor, patch) AS_TEXT(major) "." AS_TEXT(minor) "." AS_TEXT(patch)

const char *v6nf_version(void)
{
    return VERSION_TEXT(V6NF_VERSION_MAJOR, V6NF_VERSION_MINOR, V6NF_VERSION_PATCH);
}
