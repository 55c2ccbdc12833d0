// Tokens, values and signatures are what the library speaks in: importing it is enough.
@_exported public import TaskModel

@_exported public import struct KernelBridge.Arguments
