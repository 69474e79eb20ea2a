// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in every Swift target; dependants of the package are not affected by this setting.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let strictC: [CSetting] = [.treatAllWarnings(as: .error)]
/// Compiled in only with the trait, so that the package builds where there is no MPI.
let mpiC: [CSetting] = strictC + [.define("LOCKSTEP_MPI", .when(traits: ["MPI"]))]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func example(_ name: String) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "Lockstep", "LockstepArguments", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "examples/\(name)", swiftSettings: strict)
}

func tests(of target: String, _ more: Target.Dependency...) -> Target {
    .testTarget(
        name: "\(target)Tests", dependencies: [.target(name: target), "TestSupport"] + more, swiftSettings: strict)
}

let package = Package(
    name: "lockstep",
    products: [
        .library(name: "Lockstep", targets: ["Lockstep"]),
        .executable(name: "lockstep", targets: ["LockstepCommand"]),
    ],
    traits: [
        .trait(name: "MPI", description: "Train on several processes over Open MPI (needs libopenmpi-dev)."),
        .default(enabledTraits: ["MPI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        .systemLibrary(
            name: "COpenMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "CMPIShim", dependencies: [.target(name: "COpenMPI", condition: .when(traits: ["MPI"]))],
            cSettings: mpiC),
        .target(name: "CJob", cSettings: strictC),
        .target(name: "CHDF5Shim", dependencies: ["CHDF5"], cSettings: strictC),
        .target(name: "CKernels", exclude: ["bodies"], cSettings: strictC),

        library("LockstepCompute", ["CKernels"]),
        library("LockstepGraph", ["LockstepCompute"]),
        library("LockstepLayers", ["LockstepCompute", "LockstepGraph"]),
        library("LockstepCluster", ["LockstepCompute"]),
        library("LockstepMPI", ["LockstepCluster", "CMPIShim", "CJob"]),
        library(
            "LockstepFormats", ["LockstepCompute", "LockstepGraph", "LockstepLayers", "CHDF5Shim", "CZip", "CZlib"]),
        library(
            "Lockstep",
            ["LockstepCompute", "LockstepGraph", "LockstepLayers", "LockstepCluster", "LockstepMPI", "LockstepFormats"]),
        library("LockstepArguments", ["Lockstep", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
        .executableTarget(
            name: "LockstepCommand",
            dependencies: [
                "Lockstep", "LockstepArguments", "LockstepMPI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "lockstep-launcher", dependencies: ["CJob"], path: "Sources/LockstepLauncher", swiftSettings: strict),

        example("digits"), example("line"), example("people"), example("beans"), example("forecast"),
        example("transfer"), example("sequences"),

        .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: strictC),
        .target(name: "TestSupport", dependencies: ["Lockstep"], path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "cluster-checks", dependencies: ["Lockstep", "TestSupport"], path: "Tests/ClusterChecks",
            swiftSettings: strict),
        .executableTarget(
            name: "kernel-checks", dependencies: ["CKernels"], path: "Tests/KernelChecks", cSettings: strictC,
            linkerSettings: [.linkedLibrary("m")]),
        .executableTarget(
            name: "allocation-check", dependencies: ["Lockstep", "AllocationCounter"], path: "Tests/AllocationCheck",
            swiftSettings: strict),
        .executableTarget(
            name: "fuzz",
            dependencies: ["Lockstep", "CZlib", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Fuzz", swiftSettings: strict),
        tests(of: "LockstepCompute", "CKernels", "LockstepFormats"),
        tests(of: "LockstepGraph", "LockstepCompute"),
        tests(of: "LockstepLayers", "LockstepFormats"),
        tests(of: "LockstepCluster", "Lockstep", "LockstepMPI"),
        tests(of: "LockstepFormats"),
        tests(of: "Lockstep"),
        tests(of: "LockstepCommand"),
        .testTarget(
            name: "ProgramTests",
            dependencies: [
                "TestSupport", "cluster-checks", "allocation-check", "lockstep-launcher", "LockstepCommand", "digits",
                "line", "people",
                "beans",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
