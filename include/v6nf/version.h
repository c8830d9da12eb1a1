/* version.h: the version of the library (semantic versioning; before 1.0 a minor version may change the API). */
#ifndef V6NF_VERSION_H
#define V6NF_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_VERSION_MAJOR 0 /* major version of these headers */
#define V6NF_VERSION_MINOR 2 /* minor version of these headers */
#define V6NF_VERSION_PATCH 0 /* patch level of these headers */

/* Version of these headers as one number, for comparisons: 0.2.0 is 200. */
#define V6NF_VERSION (V6NF_VERSION_MAJOR * 10000 + V6NF_VERSION_MINOR * 100 + V6NF_VERSION_PATCH)

/* Return the version of the library that the program is linked with, such as "0.2.0". The text is constant.
 * Context: any. */
const char *v6nf_version(void);

#ifdef __cplusplus
}
#endif

#endif
