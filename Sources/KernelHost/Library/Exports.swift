// The library's functions take and return tokens, values and signatures, so importing it imports
// these types.
@_exported public import TaskModel

@_exported public import struct KernelBridge.Arguments
