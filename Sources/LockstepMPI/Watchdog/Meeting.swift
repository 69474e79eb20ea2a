#if MPI
    import LockstepCluster

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// Where rank 0 waits for the others' connections. Rank 0 sends this to them over MPI.
    struct Meeting: Transferable {
        /// Bytes of its message.
        static let size = 512

        let host: String
        let processID: Int
        /// 0 if nobody can connect to rank 0.
        let port: UInt16
        /// IPv4 addresses in network byte order.
        let addresses: [UInt32]
        /// What a rank says when it connects, and what rank 0 answers, so that neither takes a stranger for a rank of
        /// the job.
        let secret, answer: UInt64

        init(host: String, port: UInt16) {
            self.host = String(host.prefix(100))
            self.port = port
            processID = Int(getpid())
            addresses = Array(Socket.addresses().prefix(16))
            secret = .random(in: .min ... .max)
            answer = .random(in: .min ... .max)
        }

        func write(to writer: inout WireWriter) {
            writer.write(host)
            writer.write(processID)
            writer.write(Int(port))
            writer.write(addresses.map { Int($0) }) { $0.write($1) }
            writer.write(secret)
            writer.write(answer)
        }

        init(from reader: inout WireReader) throws(ClusterError) {
            host = try reader.readString()
            processID = try reader.readInt()
            port = UInt16(truncatingIfNeeded: try reader.readInt())
            addresses = (try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? []).map {
                UInt32(truncatingIfNeeded: $0)
            }
            secret = try reader.readUInt64()
            answer = try reader.readUInt64()
        }

        /// Connects to rank 0 at the first of its addresses where it answers; nil if it answers at none. For each
        /// address, it waits at most half a second for the connection, and half a second for the answer.
        func connect(rank: Int) -> Connection? {
            guard port != 0 else { return nil }
            for address in addresses {
                guard let socket = Socket.connecting(to: address, port: port),
                    socket.wait(for: POLLOUT, milliseconds: 500)
                else {
                    continue
                }
                let connection = Connection(socket)
                connection.send(.hello(secret: secret, rank: rank))
                while connection.end == nil, socket.wait(for: POLLIN, milliseconds: 500) {
                    guard let message = connection.messages().first else { continue }
                    if message == .welcome(secret: answer) { return connection }
                    break
                }
            }
            return nil
        }
    }
#endif
