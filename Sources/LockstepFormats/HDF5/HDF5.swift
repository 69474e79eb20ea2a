import LockstepCompute

/// HDF5 files, whole, through libhdf5: as much of the format as Keras's files have.
package enum HDF5 {
    package static func read(_ path: String) throws(FormatError) -> HDF5Group { try decode(FileBytes.read(path), file: path) }

    package static func decode(_ bytes: [UInt8], file: String) throws(FormatError) -> HDF5Group {
        throw .unsupported(file: file, feature: "HDF5")
    }

    package static func encode(_ root: HDF5Group, file: String) throws(FormatError) -> [UInt8] {
        throw .unsupported(file: file, feature: "HDF5")
    }
}
