#if MPI
    #if canImport(Glibc)
        import Glibc

        private let stream = Int32(SOCK_STREAM.rawValue)
        private let noSignal = Int32(MSG_NOSIGNAL)
        private let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        import Darwin

        private let stream = SOCK_STREAM
        private let noSignal: Int32 = 0
        private let openFiles = RLIMIT_NOFILE
    #endif

    /// A non-blocking TCP socket over IPv4. It is closed with its last reference.
    final class Socket {
        enum Result: Equatable {
            case done
            case closed
            case failed(Int32)
        }

        let descriptor: Int32

        private init(_ descriptor: Int32) {
            self.descriptor = descriptor
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }

        deinit { close(descriptor) }

        /// A socket that others connect to, on every interface and a free port; nil if it cannot be made.
        static func listening() -> (socket: Socket, port: UInt16)? {
            let descriptor = socket(AF_INET, stream, 0)
            guard descriptor >= 0 else { return nil }
            let result = Socket(descriptor)
            guard withAddress(0, port: 0, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1024) == 0 else {
                return nil
            }
            guard let address = address({ getsockname(descriptor, $0, $1) }) else { return nil }
            return (result, UInt16(bigEndian: address.sin_port))
        }

        /// A socket that is connecting to an address in network byte order. It is connected when it can be written. Nil
        /// if it cannot connect.
        static func connecting(to address: UInt32, port: UInt16) -> Socket? {
            let descriptor = socket(AF_INET, stream, 0)
            guard descriptor >= 0 else { return nil }
            let result = Socket(descriptor)
            let code = withAddress(address, port: port) { connect(descriptor, $0, $1) }
            return code == 0 || errno == EINPROGRESS ? result : nil
        }

        /// Lets this process open `count` more sockets than its present limit, as far as the system allows.
        static func allow(_ count: Int) {
            var limit = rlimit()
            guard getrlimit(openFiles, &limit) == 0 else { return }
            limit.rlim_cur = min(limit.rlim_max, limit.rlim_cur + rlim_t(count))
            setrlimit(openFiles, &limit)
        }

        func accept() -> Socket? {
            let descriptor = acceptConnection(descriptor)
            return descriptor < 0 ? nil : Socket(descriptor)
        }

        func set(_ level: Int32, _ option: Int32, _ value: Int32) {
            var value = value
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }

        /// Waits until it can be read or written, for at most `milliseconds`; returns whether it can.
        func wait(for events: Int32, milliseconds: Int32) -> Bool {
            var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            return poll(&request, 1, milliseconds) == 1
        }

        func send(_ bytes: [UInt8]) -> Result {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    sendBytes(descriptor, $0.baseAddress! + sent, $0.count - sent, noSignal)
                }
                if count < 0, errno == EINTR { continue }
                // A message that finds no room at all is dropped: its reader is stopped, and the watchdog finds that
                // out.
                if count < 0, sent == 0, errno == EAGAIN || errno == EWOULDBLOCK { return .done }
                guard count >= 0 else { return .failed(errno) }
                sent += count
            }
            return .done
        }

        /// Appends all that has come.
        func receive(into bytes: inout [UInt8]) -> Result {
            var part = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &part, part.count, 0)
                if count == 0 { return .closed }
                if count < 0 {
                    if errno == EINTR { continue }
                    return errno == EAGAIN || errno == EWOULDBLOCK ? .done : .failed(errno)
                }
                bytes += part[..<count]
            }
        }

        var ownAddress: String? { Self.address { getsockname(descriptor, $0, $1) }.flatMap(Self.text) }
        var otherAddress: String? { Self.address { getpeername(descriptor, $0, $1) }.flatMap(Self.text) }

        /// The addresses of this host's interfaces, in network byte order. The loopback address, which every host has,
        /// is last.
        static func addresses() -> [UInt32] {
            var list: UnsafeMutablePointer<ifaddrs>?
            guard getifaddrs(&list) == 0 else { return [] }
            defer { freeifaddrs(list) }
            let loopback = UInt32(0x7F00_0001).bigEndian
            let all = sequence(first: list, next: { $0?.pointee.ifa_next }).compactMap { entry -> UInt32? in
                guard let address = entry?.pointee.ifa_addr, Int32(address.pointee.sa_family) == AF_INET else {
                    return nil
                }
                return UnsafeRawPointer(address).assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr.s_addr
            }
            return all.filter { $0 != loopback } + [loopback]
        }

        private static func text(_ address: sockaddr_in) -> String? {
            var address = address.sin_addr
            var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
            guard inet_ntop(AF_INET, &address, &text, socklen_t(text.count)) != nil else { return nil }
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        private static func withAddress(
            _ address: UInt32, port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
        ) -> Int32 {
            var full = sockaddr_in()
            full.sin_family = sa_family_t(AF_INET)
            full.sin_port = port.bigEndian
            full.sin_addr.s_addr = address
            return withUnsafePointer(to: &full) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }

        private static func address(
            _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
        ) -> sockaddr_in? {
            var address = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
            }
            return code == 0 ? address : nil
        }
    }

    // The C functions whose names the socket's methods hide.
    private func acceptConnection(_ descriptor: Int32) -> Int32 { accept(descriptor, nil, nil) }
    private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int, _ flags: Int32) -> Int {
        send(descriptor, bytes, count, flags)
    }
#endif
