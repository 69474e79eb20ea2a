#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Passes a command's standard output on. It continues to read if the output cannot be written, because mpirun ends a
/// job whose output nobody reads, and does not report a full disk.
final class OutputRelay: @unchecked Sendable {
    /// The descriptor to which the command writes.
    private(set) var entrance: Int32
    private let exit: Int32
    /// A pipe that can be read when all has been passed on.
    private let isDone: (read: Int32, write: Int32)
    /// Why something could not be written, as an `errno`; 0 if all was written. It is read when the relay is done.
    private var error: Int32 = 0

    /// - Returns: nil if the system has no pipes left. The command then writes its output itself.
    init?() {
        var (data, done): ([Int32], [Int32]) = ([0, 0], [0, 0])
        guard pipe(&data) == 0 else { return nil }
        guard pipe(&done) == 0 else {
            for descriptor in data { close(descriptor) }
            return nil
        }
        (exit, entrance) = (data[0], data[1])
        isDone = (done[0], done[1])
        for descriptor in data + done { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        signal(SIGPIPE, SIG_IGN)
    }

    deinit { for descriptor in [exit, isDone.read] { close(descriptor) } }

    /// Begins to pass output on. Call it when the command has its end of the pipe.
    func begin() {
        close(entrance)
        let relay = Unmanaged.passRetained(self).toOpaque()
        #if canImport(Glibc)
            var thread = pthread_t()
            let status = pthread_create(&thread, nil, passOn, relay)
        #else
            var thread: pthread_t?
            let status = pthread_create(&thread, nil, passOn, relay)
        #endif
        if status != 0 { Unmanaged<OutputRelay>.fromOpaque(relay).release() }
    }

    /// Waits until all has been passed on.
    ///
    /// - Returns: whether it has been.
    func isDone(within seconds: Double) -> Bool {
        var done = pollfd(fd: isDone.read, events: Int16(POLLIN), revents: 0)
        return poll(&done, 1, Int32(seconds * 1e3)) > 0
    }

    /// Why standard output could not be written; nil if it could.
    var failure: String? { error == 0 ? nil : String(cString: strerror(error)) }

    fileprivate func run() {
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(exit, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            if error == 0 { write(part[..<count]) }
        }
        close(isDone.write)
    }

    private func write(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { platformWrite(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another process that shares standard output has made it non-blocking.
                var ready = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, -1)
            } else if errno != EINTR {
                error = errno
                return
            }
        }
    }
}

#if canImport(Glibc)
    private let platformWrite = Glibc.write
    private func passOn(_ relay: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let relay { Unmanaged<OutputRelay>.fromOpaque(relay).takeRetainedValue().run() }
        return nil
    }
#else
    private let platformWrite = Darwin.write
    private func passOn(_ relay: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<OutputRelay>.fromOpaque(relay).takeRetainedValue().run()
        return nil
    }
#endif
