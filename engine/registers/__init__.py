"""The registers: what they hold, who may see and write them, and how they are kept. No HTTP, no files (engine.register_files)."""

from engine.registers.definition import Column, Kind, Register
from engine.registers.table import REGISTERS, find

__all__ = ["REGISTERS", "Column", "Kind", "Register", "find"]
