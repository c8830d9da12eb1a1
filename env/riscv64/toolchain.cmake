# A 64-bit RISC-V machine like QEMU's "virt", without operating system: the preset riscv64.
# Debian: gcc-riscv64-linux-gnu, and libc6-dev-riscv64-cross for its string.h.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(CMAKE_C_COMPILER riscv64-linux-gnu-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# The image is at 2 GiB, which only medany reaches. No register is set up for thread-local or small data.
set(CMAKE_C_FLAGS_INIT "-mcmodel=medany -fno-pic -fno-stack-protector -ffunction-sections -msmall-data-limit=0")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic")
