#if MPI
    import LockstepCluster

    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif

    /// Where rank 0 waits for the others' connections, as it tells them over MPI.
    struct Meeting: Transferable {
        /// Bytes of its message.
        static let size = 512

        let host: String
        let processID: Int
        /// 0: rank 0 cannot be connected to.
        let port: UInt16
        /// IPv4 addresses in the network's order.
        let addresses: [UInt32]
        /// What those who connect say, and what rank 0 answers, so that none takes a stranger for one of the job.
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

        /// Connects to rank 0 at the first of its addresses where it answers; nil if it does at none. Takes half a
        /// second for each at most.
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
