// The modules that a program needs when it imports Lockstep.
@_exported import LockstepCluster
@_exported import LockstepCompute
@_exported import LockstepFormats
@_exported import LockstepGraph
@_exported import LockstepLayers
