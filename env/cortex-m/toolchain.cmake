# A Cortex-M3 without operating system, QEMU's mps2-an385. Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
# Without the board's start-up code and linker script, no program links.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb -fno-pic -fno-stack-protector -ffunction-sections")
set(CMAKE_ASM_FLAGS_INIT "-mcpu=cortex-m3 -mthumb")
# The start-up files of newlib lack the note; nothing here executes the stack.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-z,noexecstack")
set(V6NF_BOARD_WITHOUT_PCI ON)
