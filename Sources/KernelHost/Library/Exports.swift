// The types of other modules that the library's functions take and return. Importing KernelHost
// makes these visible, and no other name of those modules.
@_exported public import struct KernelBridge.Arguments
@_exported public import struct TaskModel.AllowedPaths
@_exported public import struct TaskModel.CallError
@_exported public import struct TaskModel.CallRecord
@_exported public import struct TaskModel.FieldSignature
@_exported public import enum TaskModel.Isolation
@_exported public import struct TaskModel.KernelSignature
@_exported public import struct TaskModel.Plugin
@_exported public import enum TaskModel.SandboxLevel
@_exported public import enum TaskModel.Status
@_exported public import struct TaskModel.Token
@_exported public import enum TaskModel.Value
@_exported public import protocol TaskModel.ValueConvertible
@_exported public import protocol TaskModel.ValueElement
@_exported public import enum TaskModel.ValueType
@_exported public import struct TaskModel.WorkerLimits
