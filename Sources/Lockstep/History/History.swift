import LockstepCluster

/// What `fit` reports: Keras's `History`. Equal on all ranks.
public struct History: Equatable, Sendable {
    /// For each name, `"loss"`, the metrics, and the same of the validation data behind `"val_"`, the value of every
    /// epoch.
    public private(set) var history: [String: [Double]] = [:]
    /// The names in the order in which they are reported.
    public let names: [String]
    /// The numbers of the epochs, from 0.
    public private(set) var epoch: [Int] = []
    /// `epochs`, `steps` and `verbose`, as `fit` was told.
    public let params: [String: Int]

    init(names: [String], params: [String: Int]) {
        self.names = names
        self.params = params
        for name in names { history[name] = [] }
    }

    /// The values of every epoch under a name; nil if it is not reported.
    public subscript(name: String) -> [Double]? { history[name] }

    /// What has been reported before.
    init(names: [String], params: [String: Int], epoch: [Int], values: [[Double]]) {
        self.init(names: names, params: params)
        self.epoch = epoch
        for (name, values) in zip(names, values) { history[name] = values }
    }

    /// The same, reported by a `fit` that was told something else.
    func with(params: [String: Int]) -> History {
        History(names: names, params: params, epoch: epoch, values: names.map { history[$0] ?? [] })
    }

    mutating func append(epoch: Int, _ values: [Double]) {
        self.epoch.append(epoch)
        for (name, value) in zip(names, values) { history[name]?.append(value) }
    }
}

/// What rank 0 decides about an epoch before it begins.
struct EpochPlan: Transferable {
    /// The order of the training samples; nil for their own.
    let order: [Int]?
    /// What callbacks ask for.
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

/// What rank 0 writes down of an epoch, and what is to be done at its end.
struct EpochRecord: Transferable {
    let values: [Double]
    /// What callbacks ask for.
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
