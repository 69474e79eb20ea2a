// What a program that imports Lockstep needs of the modules below it.
@_exported import LockstepCluster
@_exported import LockstepCompute
@_exported import LockstepFormats
@_exported import LockstepGraph
@_exported import LockstepLayers
