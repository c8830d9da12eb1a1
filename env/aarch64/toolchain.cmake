# A 64-bit Arm machine like QEMU's "virt", without operating system: the preset aarch64.
# Debian: gcc-aarch64-linux-gnu, and libc6-dev-arm64-cross for its string.h.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-fno-pic -fno-stack-protector -ffunction-sections")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic")
