#if MPI
    import LockstepCluster

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// One end of a TCP connection that carries messages. It never waits.
    ///
    /// While no messages are sent, the kernel asks the other end for a sign of life. So a host or a network that is
    /// gone ends the connection in seconds. A process that is stopped or busy does not.
    final class Connection {
        /// Why there will be no more messages.
        enum End: Equatable {
            /// The other process has ended, or closed it.
            case closed
            /// The other host does not answer any more.
            case unreachable
        }

        /// The seconds after which a host that does not answer counts as gone.
        static let patience: Int32 = 4
        private static let longest = 1 << 20

        let socket: Socket
        /// The address of the other end, and this host's address as the other end sees it; nil if both ends are on this
        /// host. They are kept here, because an end that is gone has no address any more.
        let otherAddress, ownAddress: String?
        private var received: [UInt8] = []
        private(set) var end: End?

        init(_ socket: Socket) {
            self.socket = socket
            let (own, other) = (socket.ownAddress, socket.otherAddress)
            otherAddress = own == other ? nil : other
            ownAddress = own == other ? nil : own
            socket.set(SOL_SOCKET, SO_KEEPALIVE, 1)
            socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            socket.set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 1)
            socket.set(Int32(IPPROTO_TCP), TCP_KEEPCNT, Self.patience - 1)
            #if canImport(Glibc)
                socket.set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 1)
                socket.set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Self.patience * 1000)
            #else
                socket.set(Int32(IPPROTO_TCP), TCP_KEEPALIVE, 1)
                socket.set(SOL_SOCKET, SO_NOSIGPIPE, 1)
            #endif
        }

        /// Sends a message. Messages are short and few, so the kernel takes each at once. If it does not, the other end
        /// stopped reading long ago.
        func send(_ message: Message) {
            guard end == nil else { return }
            var body = WireWriter()
            message.write(to: &body)
            var head = WireWriter()
            head.write(body.bytes.count)
            note(socket.send(head.bytes + body.bytes))
        }

        /// The messages that have come. Afterwards `end` may be set.
        func messages() -> [Message] {
            guard end == nil else { return [] }
            var messages: [Message] = []
            let result = socket.receive(into: &received)
            do throws(ClusterError) {
                while received.count >= 8 {
                    var head = WireReader(received)
                    let count = try head.readInt()
                    guard (0...Self.longest).contains(count) else {
                        throw .malformedMessage(expected: "a message of the watchdog")
                    }
                    guard received.count >= 8 + count else { break }
                    var body = WireReader(Array(received[8..<(8 + count)]))
                    messages.append(try Message(from: &body))
                    received.removeFirst(8 + count)
                }
            } catch {
                end = .closed
            }
            note(result)
            return messages
        }

        private func note(_ result: Socket.Result) {
            guard end == nil else { return }
            switch result {
            case .done: break
            case .closed: end = .closed
            case .failed(let code):
                end =
                    [ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN].contains(code) ? .unreachable : .closed
            }
        }
    }
#endif
