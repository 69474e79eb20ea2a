/// The versions of Keras that write files.
package enum KerasVersion {
    /// The one whose forms are written.
    static let version = "3.15.1"

    static var attributes: [String: HDF5Attribute] {
        ["keras_version": .string(version), "backend": .string("lockstep")]
    }

    /// The first number of a version such as `"2.2.4-tf"`; 3 where there is none, for Keras 3's JSON has none, and
    /// Keras 2's has.
    package static func major(_ version: String?) -> Int { version.flatMap { Int($0.prefix { $0.isNumber }) } ?? 3 }
}
