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

    /// Rows without a dimension of their own count as rows of one element, as in Keras.
    static func rowShape(_ tensor: Tensor) -> Shape { tensor.shape.rank <= 1 ? [1] : tensor.shape.row }
}

/// What a rank brings to a call, told to all ranks before any data moves.
struct Declaration: Transferable {
    let samples: Int?
    let inputShape: [Int]
    let targetShape: [Int]?
    /// Fingerprints of what must be the same on all ranks, by name.
    let common: [(name: String, fingerprint: UInt64)]
    /// Fingerprint of the data.
    let data: UInt64
    /// Whether weights were made or set here since all ranks last took rank 0's.
    let hasOwnWeights: Bool
    /// Whether this rank has trained since it was compiled.
    let hasTrained: Bool

    init(x: Tensor?, y: Tensor?, common: [(name: String, fingerprint: UInt64)], hasOwnWeights: Bool, hasTrained: Bool) {
        self.hasOwnWeights = hasOwnWeights
        self.hasTrained = hasTrained
        samples = x?.rowCount
        inputShape = x.map { DataSet.rowShape($0).dimensions } ?? []
        targetShape = y.map { DataSet.rowShape($0).dimensions }
        self.common = common
        data = (x?.fingerprint ?? 0) ^ (y?.fingerprint ?? 0) &* 31
    }

    func write(to writer: inout WireWriter) {
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
    static func exchange(_ own: Declaration, call: String, over communicator: any Communicator) throws -> Verdict {
        var writer = WireWriter()
        own.write(to: &writer)
        let all = try communicator.shareAll(writer.bytes).map { bytes in
            var reader = WireReader(bytes)
            return try Declaration(from: &reader)
        }
        func require(_ what: String, _ isSame: (Declaration) -> Bool) throws {
            let others = all.indices.filter { !isSame(all[$0]) }
            guard others.isEmpty else { throw TrainingError.ranksDiffer(what: what, ranks: others) }
        }
        let root = all[0]
        for (index, item) in root.common.enumerated() {
            try require(item.name) { index < $0.common.count && $0.common[index] == item }
        }
        let holders = all.indices.filter { all[$0].samples != nil }
        guard !holders.isEmpty else { throw TrainingError.noData(call: call) }
        func verdict(_ place: DataSet.Place) -> Verdict {
            Verdict(
                root: root, place: place, someHaveOwnWeights: all.contains(where: \.hasOwnWeights),
                allHaveTrained: all.allSatisfy(\.hasTrained))
        }
        if holders == [0] { return verdict(.root) }
        guard holders.count == all.count else { throw TrainingError.dataOnSomeRanks(holders) }
        try require("data") {
            $0.samples == root.samples && $0.inputShape == root.inputShape && $0.targetShape == root.targetShape && $0.data == root.data
        }
        return verdict(.everywhere)
    }
}
