import LockstepCluster
import LockstepCompute

/// Samples that all ranks agree upon: their number and shapes, and where they are.
struct DataSet {
    /// On every rank, or on rank 0 alone.
    enum Place { case everywhere, root }

    let place: Place
    let samples: Int
    let inputShape: Shape
    /// The shape of a row of targets; nil where there are none, for prediction.
    let targetShape: Shape?
    /// This rank's copy.
    let inputs: Tensor?
    let targets: Tensor?

    init(place: Place, samples: Int, inputShape: Shape, targetShape: Shape?, inputs: Tensor?, targets: Tensor?) {
        self.place = place
        self.samples = samples
        self.inputShape = inputShape
        self.targetShape = targetShape
        self.inputs = inputs
        self.targets = targets
    }

    /// The samples of the only rank; nil if there are none.
    init?(_ inputs: Tensor?, _ targets: Tensor?) {
        guard let inputs else { return nil }
        self.init(
            place: .everywhere, samples: inputs.rowCount, inputShape: Self.rowShape(inputs), targetShape: targets.map(Self.rowShape),
            inputs: inputs, targets: targets)
    }

    /// Number, shapes and a fingerprint; the last only where this rank has the samples.
    var description: String {
        let shapes = "\(samples) samples of \(inputShape)" + (targetShape.map { " with targets \($0)" } ?? "")
        guard let inputs else { return shapes }
        return "\(shapes), fingerprint \(String(Self.fingerprint(inputs, targets), radix: 16))"
    }

    static func fingerprint(_ inputs: Tensor?, _ targets: Tensor?) -> UInt64 {
        (inputs?.fingerprint ?? 0) ^ (targets?.fingerprint ?? 0) &* 31
    }

    /// Rows without a dimension of their own count as rows of one element, as in Keras.
    static func rowShape(_ tensor: Tensor) -> Shape { tensor.shape.rank <= 1 ? [1] : tensor.shape.row }
}

/// What a rank brings to a call, told to all ranks before any data moves.
struct Declaration: Transferable {
    let samples: Int?
    let inputShape: [Int]
    let targetShape: [Int]?
    /// The name of the machine this rank runs on.
    let host: String
    /// Fingerprints of what must be the same on all ranks, by name.
    let common: [(name: String, fingerprint: UInt64)]
    /// Fingerprint of the data.
    let data: UInt64
    /// Whether weights were made or set here since all ranks last took rank 0's.
    let hasOwnWeights: Bool
    /// Whether this rank has trained since it was compiled.
    let hasTrained: Bool

    init(x: Tensor?, y: Tensor?, host: String, common: [(name: String, value: String)], hasOwnWeights: Bool, hasTrained: Bool) {
        self.host = host
        self.hasOwnWeights = hasOwnWeights
        self.hasTrained = hasTrained
        samples = x?.rowCount
        inputShape = x.map { DataSet.rowShape($0).dimensions } ?? []
        targetShape = y.map { DataSet.rowShape($0).dimensions }
        self.common = common.map { ($0.name, fingerprint(of: $0.value)) }
        data = DataSet.fingerprint(x, y)
    }

    func write(to writer: inout WireWriter) {
        writer.write(host)
        writer.write(samples ?? -1)
        writer.write(inputShape) { $0.write($1) }
        writer.write(targetShape) { $0.write($1) }
        writer.write(common) {
            $0.write($1.name)
            $0.write($1.fingerprint)
        }
        writer.write(data)
        writer.write(hasOwnWeights)
        writer.write(hasTrained)
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        host = try reader.readString()
        let count = try reader.readInt()
        samples = count < 0 ? nil : count
        inputShape = try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? []
        targetShape = try reader.readArray { reader throws(ClusterError) in try reader.readInt() }
        common = try reader.readArray { reader throws(ClusterError) in (try reader.readString(), try reader.readUInt64()) } ?? []
        data = try reader.readUInt64()
        hasOwnWeights = try reader.readBool()
        hasTrained = try reader.readBool()
    }

    /// What all ranks' declarations come to.
    struct Verdict {
        let root: Declaration
        /// Of all ranks.
        let hosts: [String]
        let place: DataSet.Place
        let someHaveOwnWeights: Bool
        let allHaveTrained: Bool

        /// The data set, of which this rank has these copies.
        func data(_ inputs: Tensor?, _ targets: Tensor?) -> DataSet {
            DataSet(
                place: place, samples: root.samples ?? 0, inputShape: Shape(root.inputShape),
                targetShape: root.targetShape.map { Shape($0) },
                inputs: inputs, targets: targets)
        }
    }

    /// Collective: what all ranks declare, checked for agreement; every rank comes to the same verdict.
    ///
    /// - Parameter common: what must be the same on all ranks, by name.
    static func exchange(
        _ own: Declaration, common: [(name: String, value: String)], call: String, over communicator: any Communicator
    ) throws -> Verdict {
        var writer = WireWriter()
        own.write(to: &writer)
        let all = try communicator.shareAll(writer.bytes).map { bytes in
            var reader = WireReader(bytes)
            return try Declaration(from: &reader)
        }
        let root = all[0]
        let disagreement = Disagreement(communicator: communicator, hosts: all.map(\.host))
        for (index, item) in root.common.enumerated() {
            try disagreement.check(
                item.name, same: all.map { index < $0.common.count && $0.common[index] == item },
                value: common.first { $0.name == item.name }?.value ?? "")
        }
        let holders = all.indices.filter { all[$0].samples != nil }
        guard !holders.isEmpty else { throw TrainingError.noData(call: call) }
        func verdict(_ place: DataSet.Place) -> Verdict {
            Verdict(
                root: root, hosts: disagreement.hosts, place: place, someHaveOwnWeights: all.contains(where: \.hasOwnWeights),
                allHaveTrained: all.allSatisfy(\.hasTrained))
        }
        if holders == [0] { return verdict(.root) }
        guard holders.count == all.count else { throw TrainingError.dataOnSomeRanks(holders) }
        func hasSameShapes(_ other: Declaration) -> Bool {
            other.samples == root.samples && other.inputShape == root.inputShape && other.targetShape == root.targetShape
        }
        let shapes =
            "\(own.samples ?? 0) samples of \(Shape(own.inputShape))" + (own.targetShape.map { " with targets \(Shape($0))" } ?? "")
        try disagreement.check("data", same: all.map(hasSameShapes), value: shapes)
        try disagreement.check(
            "data", same: all.map { $0.data == root.data }, value: "\(shapes), fingerprint \(String(own.data, radix: 16))")
        return verdict(.everywhere)
    }
}
