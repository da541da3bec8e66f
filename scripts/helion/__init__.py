"""What the scripts and the tests share: disk images (image.py) and machines in QEMU (machine.py)."""
