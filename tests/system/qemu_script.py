"""What examples/qemu.sh shows a user: see qemu.py."""
