# A PC without operating system, started by PVH: the preset x86_64. On an x86-64 machine the compiler is the host's gcc.
# On others, set CMAKE_C_COMPILER to a cross compiler for x86_64-linux-gnu.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# An interrupt or exception would overwrite a red zone. The image runs at the address that it is linked to.
set(CMAKE_C_FLAGS_INIT "-mno-red-zone -fno-pic -fno-stack-protector -ffunction-sections")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic")
