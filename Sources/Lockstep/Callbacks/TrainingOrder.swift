import LockstepCluster
import LockstepCompute
import LockstepLayers

/// What callbacks on rank 0 ask of all ranks.
enum TrainingOrder: Transferable {
    case stop
    case learningRate(Double)
    case save(String, weightsOnly: Bool)
    /// The weights that the callback of this number keeps.
    case restoreWeights(Int)

    func write(to writer: inout WireWriter) {
        switch self {
        case .stop: writer.write(0)
        case .learningRate(let rate):
            writer.write(1)
            writer.write(rate)
        case .save(let path, let weightsOnly):
            writer.write(2)
            writer.write(path)
            writer.write(weightsOnly)
        case .restoreWeights(let callback):
            writer.write(3)
            writer.write(callback)
        }
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        switch try reader.readInt() {
        case 0: self = .stop
        case 1: self = .learningRate(try reader.readDouble())
        case 2: self = .save(try reader.readString(), weightsOnly: try reader.readBool())
        case 3: self = .restoreWeights(try reader.readInt())
        default: throw .malformedMessage(expected: "an order of a callback")
        }
    }
}

/// The orders of one moment.
struct TrainingOrders: Transferable {
    let orders: [TrainingOrder]

    init(_ orders: [TrainingOrder]) { self.orders = orders }
    func write(to writer: inout WireWriter) { writer.write(orders) { $1.write(to: &$0) } }
    init(from reader: inout WireReader) throws(ClusterError) {
        orders = try reader.readArray { reader throws(ClusterError) in try TrainingOrder(from: &reader) } ?? []
    }
}
