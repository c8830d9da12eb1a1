# A PC without operating system, started by PVH: cmake --toolchain env/x86_64/toolchain.cmake, or the preset x86_64. The host's gcc
# will do on an x86-64 machine; elsewhere set CMAKE_C_COMPILER to a cross compiler for x86_64-linux-gnu.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# No interrupt comes, but an exception would write to a red zone; nothing loads the image elsewhere than it is linked to.
set(CMAKE_C_FLAGS_INIT "-mno-red-zone -fno-pic -fno-stack-protector -ffunction-sections")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic")
