// The types of other modules that the library's functions take and return. Importing KernelHost
// makes these visible, and no other name of those modules.
@_exported public import struct KernelBridge.Arguments
@_exported public import struct KernelHostModel.AllowedPaths
@_exported public import struct KernelHostModel.CallError
@_exported public import struct KernelHostModel.CallRecord
@_exported public import struct KernelHostModel.FieldSignature
@_exported public import enum KernelHostModel.Isolation
@_exported public import struct KernelHostModel.KernelSignature
@_exported public import struct KernelHostModel.Plugin
@_exported public import enum KernelHostModel.SandboxLevel
@_exported public import enum KernelHostModel.Status
@_exported public import struct KernelHostModel.Token
@_exported public import enum KernelHostModel.Value
@_exported public import protocol KernelHostModel.ValueConvertible
@_exported public import protocol KernelHostModel.ValueElement
@_exported public import enum KernelHostModel.ValueType
@_exported public import struct KernelHostModel.WorkerLimits
