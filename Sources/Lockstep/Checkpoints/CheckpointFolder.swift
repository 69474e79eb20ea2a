import LockstepFormats

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files of a training's checkpoints: `checkpoint-000000120.safetensors` after 120 steps. Rank 0's.
struct CheckpointFolder {
    let path: String
    private static let prefix = "checkpoint-"
    private static let ending = ".safetensors"

    /// Makes the folder where it is missing, removes what writers that died left behind, and tries whether it can be
    /// written to.
    ///
    /// - Throws: `FormatError.cannotWrite` that says why not.
    func prepare() throws(FormatError) {
        try FileBytes.makeFolder(path)
        for name in try FileBytes.names(in: path) where name.hasPrefix(Self.prefix) && name.hasSuffix(".tmp") {
            unlink("\(path)/\(name)")
        }
        try FileBytes.checkWritable(file(steps: 0))
    }

    /// A file's name, in whose order the files are in that of the steps.
    func file(steps: Int) -> String {
        let digits = "\(steps)"
        return "\(path)/\(Self.prefix)\(String(repeating: "0", count: max(0, 9 - digits.count)))\(digits)\(Self.ending)"
    }

    /// The files, the newest first.
    func files() throws(FormatError) -> [String] {
        try FileBytes.names(in: path).filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(Self.ending) }
            .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.map { "\(path)/\($0)" }
    }

    /// The newest file that can be read and has the checksum it should; nil if there is none.
    ///
    /// - Parameter warn: is told of files that it passes over.
    func newest(warn: (String) -> Void) throws(FormatError) -> (file: String, bytes: [UInt8])? {
        for file in try files() {
            do throws(FormatError) {
                let bytes = try FileBytes.read(file)
                if Checksum.isIntact(bytes) { return (file, bytes) }
                warn("\(file) is damaged: its checksum is wrong; the one before it is taken")
            } catch {
                warn("\(error); the one before it is taken")
            }
        }
        return nil
    }

    /// Removes all but the newest.
    func prune(keeping count: Int) throws(FormatError) {
        for file in try files().dropFirst(count) { unlink(file) }
    }
}
