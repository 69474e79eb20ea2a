import LockstepLayers

/// The versions of Keras that write files.
package enum KerasVersion {
    /// The version whose formats are written.
    static let version = "3.15.1"

    static var attributes: [String: HDF5Attribute] {
        ["keras_version": .string(version), "backend": .string("lockstep")]
    }

    /// The first number of a version such as `"2.2.4-tf"`. Without a version it is 3: the JSON of Keras 3 has none,
    /// that of Keras 2 has one.
    package static func major(_ version: String?) -> Int { version.flatMap { Int($0.prefix { $0.isNumber }) } ?? 3 }

    /// As `major(_:)`, for a file that may be of the first versions of Keras 1, which wrote no version.
    package static func major(_ version: String?, of configuration: ConfigurationValue) -> Int {
        version == nil && LayerRegistry.isOfKeras1(configuration) ? 1 : major(version)
    }
}
