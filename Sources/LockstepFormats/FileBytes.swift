import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads and writes whole files.
package enum FileBytes {
    static func lastError() -> String { String(cString: strerror(errno)) }

    package static func read(_ path: String) throws(FormatError) -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw .cannotOpen(file: path, reason: lastError()) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&part, 1, part.count, file)
            bytes.append(contentsOf: part[..<count])
            if count < part.count { break }
        }
        guard ferror(file) == 0 else { throw .cannotOpen(file: path, reason: lastError()) }
        return bytes
    }

    /// - Throws: `FormatError.memory` if the bytes and the array made of them need more memory than the machine has.
    static func checkMemory(for bytes: Int, file: String) throws(FormatError) {
        let available = physicalMemory()
        guard bytes <= available / 2 else { throw .memory(file: file, bytes: bytes, available: available) }
    }

    /// Writes to a temporary name beside the file, syncs and renames. So the file is always the old one or the new one,
    /// never a part.
    package static func write(_ bytes: [UInt8], to path: String) throws(FormatError) {
        try replace(path) { (temporary) throws(FormatError) in
            guard let file = fopen(temporary, "wb") else { throw .cannotWrite(file: path, reason: lastError()) }
            let written = fwrite(bytes, 1, bytes.count, file)
            let isSynced = fflush(file) == 0 && fsync(fileno(file)) == 0
            let reason = lastError()
            guard fclose(file) == 0, isSynced, written == bytes.count else {
                throw .cannotWrite(file: path, reason: reason)
            }
        }
    }

    /// Makes sure that the bytes written under a name are on the disk.
    static func sync(_ temporary: String, for path: String) throws(FormatError) {
        let descriptor = open(temporary, O_RDONLY)
        guard descriptor >= 0 else { throw .cannotWrite(file: path, reason: lastError()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .cannotWrite(file: path, reason: lastError()) }
    }

    /// Makes sure that a new name is on the disk, if the file system supports it.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Makes a folder, and its parent folders, if they are missing.
    package static func makeFolder(_ path: String) throws(FormatError) {
        var end = path.startIndex
        while end < path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            let part = String(path[..<end])
            var status = stat()
            if stat(part, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
            guard mkdir(part, 0o777) == 0 || errno == EEXIST else {
                throw .cannotWrite(file: part, reason: lastError())
            }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw .cannotWrite(file: path, reason: lastError()) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .cannotWrite(file: path, reason: "it is no folder") }
    }

    /// The names of the files and folders in a folder.
    package static func names(in folder: String) throws(FormatError) -> [String] {
        guard let stream = opendir(folder) else { throw .cannotOpen(file: folder, reason: lastError()) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }

    /// Whether there is a file or a folder of this name.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Checks that a file can be written, before its content is computed. Leaves nothing behind.
    package static func checkWritable(_ path: String) throws(FormatError) {
        var status = stat()
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
            throw .cannotWrite(file: path, reason: "it is a folder")
        }
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotWrite(file: path, reason: lastError()) }
        close(descriptor)
        unlink(temporary)
    }

    /// Lets `write` make a file under a temporary name, and then renames it to `path`. Removes the temporary file if
    /// that fails.
    package static func replace(_ path: String, _ write: (_ temporary: String) throws(FormatError) -> Void)
        throws(FormatError)
    {
        Undisturbed.begin()
        defer { Undisturbed.end() }
        let temporary = "\(path).\(getpid()).tmp"
        do throws(FormatError) {
            try write(temporary)
            guard rename(temporary, path) == 0 else { throw .cannotWrite(file: path, reason: lastError()) }
            syncFolder(of: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }
}

/// Writes a text file: writes to a temporary name, syncs and renames.
///
/// - Throws: `FormatError.cannotWrite`.
public func writeText(_ text: String, to path: String) throws(FormatError) {
    try FileBytes.write(Array(text.utf8), to: path)
}
