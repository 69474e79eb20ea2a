import LockstepCluster

/// The values that `fit` reports: Keras's `History`. Equal on all ranks.
public struct History: Equatable, Sendable {
    /// For each name the values of all epochs. The names are `"loss"`, the metrics, and the same with the prefix
    /// `"val_"` for the validation data.
    public private(set) var history: [String: [Double]] = [:]
    /// The names in the order in which they are reported.
    public let names: [String]
    /// The numbers of the epochs, from 0.
    public private(set) var epoch: [Int] = []
    /// `epochs`, `steps` and `verbose`, as given to `fit`.
    public let params: [String: Int]

    init(names: [String], params: [String: Int]) {
        self.names = names
        self.params = params
        for name in names { history[name] = [] }
    }

    /// The values of every epoch under a name; nil if it is not reported.
    public subscript(name: String) -> [Double]? { history[name] }

    /// A history with the given values.
    package init(names: [String], params: [String: Int], epoch: [Int], values: [[Double]]) {
        self.init(names: names, params: params)
        self.epoch = epoch
        for (name, values) in zip(names, values) { history[name] = values }
    }

    /// The same values with other `params`.
    func with(params: [String: Int]) -> History {
        History(names: names, params: params, epoch: epoch, values: names.map { history[$0] ?? [] })
    }

    mutating func append(epoch: Int, _ values: [Double]) {
        self.epoch.append(epoch)
        for (name, value) in zip(names, values) { history[name]?.append(value) }
    }
}

/// Rank 0's decisions about an epoch before it begins.
struct EpochPlan: Transferable {
    /// The order of the training samples; nil keeps their own order.
    let order: [Int]?
    /// The requests of callbacks.
    let orders: TrainingOrders

    init(order: [Int]?, orders: TrainingOrders) {
        self.order = order
        self.orders = orders
    }

    func write(to writer: inout WireWriter) {
        writer.write(order) { $0.write($1) }
        orders.write(to: &writer)
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        order = try reader.readArray { reader throws(ClusterError) in try reader.readInt() }
        orders = try TrainingOrders(from: &reader)
    }
}

/// Rank 0's record of an epoch, with the requests to carry out at its end.
struct EpochRecord: Transferable {
    let values: [Double]
    /// The requests of callbacks.
    let orders: TrainingOrders
    /// Whether a checkpoint is to be written.
    let isCheckpointDue: Bool

    init(values: [Double], orders: TrainingOrders, isCheckpointDue: Bool) {
        self.values = values
        self.orders = orders
        self.isCheckpointDue = isCheckpointDue
    }

    func write(to writer: inout WireWriter) {
        writer.write(values) { $0.write($1) }
        orders.write(to: &writer)
        writer.write(isCheckpointDue)
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        values = try reader.readArray { reader throws(ClusterError) in try reader.readDouble() } ?? []
        orders = try TrainingOrders(from: &reader)
        isCheckpointDue = try reader.readBool()
    }
}
