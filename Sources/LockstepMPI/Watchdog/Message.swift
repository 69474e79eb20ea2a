#if MPI
    import LockstepCluster

    /// A message between rank 0 and another rank, outside MPI.
    enum Message: Equatable {
        /// The first message of a rank that connects: the proof that it belongs to the job, and its number.
        case hello(secret: UInt64, rank: Int)
        /// Rank 0's answer: the proof that it belongs to the job too.
        case welcome(secret: UInt64)
        /// The rank will use this connection.
        case join(host: String, processID: Int)
        /// The rank has waited longer than it may.
        case alarm
        case question
        case answer(RankState)
        /// The rank has reached its end as it should, after `calls` collective calls. From rank 0: all ranks have.
        case farewell(calls: Int)
        /// The job ends.
        case over
    }

    extension Message: Transferable {
        func write(to writer: inout WireWriter) {
            switch self {
            case .hello(let secret, let rank):
                writer.write(0)
                writer.write(secret)
                writer.write(rank)
            case .welcome(let secret):
                writer.write(1)
                writer.write(secret)
            case .join(let host, let processID):
                writer.write(2)
                writer.write(host)
                writer.write(processID)
            case .alarm: writer.write(3)
            case .question: writer.write(4)
            case .answer(let state):
                writer.write(5)
                state.write(to: &writer)
            case .farewell(let calls):
                writer.write(6)
                writer.write(calls)
            case .over: writer.write(7)
            }
        }

        init(from reader: inout WireReader) throws(ClusterError) {
            switch try reader.readInt() {
            case 0: self = .hello(secret: try reader.readUInt64(), rank: try reader.readInt())
            case 1: self = .welcome(secret: try reader.readUInt64())
            case 2: self = .join(host: try reader.readString(), processID: try reader.readInt())
            case 3: self = .alarm
            case 4: self = .question
            case 5: self = .answer(try RankState(from: &reader))
            case 6: self = .farewell(calls: try reader.readInt())
            case 7: self = .over
            default: throw .malformedMessage(expected: "a message of the watchdog")
            }
        }
    }
#endif
