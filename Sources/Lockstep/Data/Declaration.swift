import LockstepCluster
import LockstepCompute

/// A rank's description of its arguments to a call. All ranks exchange it before data moves.
struct Declaration: Transferable {
    let samples: Int?
    let shapes: SampleShapes
    /// The name of this rank's machine.
    let host: String
    /// Fingerprints of arguments that must be the same on all ranks, by name.
    let common: [(name: String, fingerprint: UInt64)]
    /// A fingerprint of the data.
    let data: UInt64
    /// Whether weights were made or set here since all ranks last took rank 0's.
    let hasOwnWeights: Bool
    /// Whether this rank has trained since it was compiled.
    let hasTrained: Bool

    init(
        _ given: GivenSamples?, host: String, common: [(name: String, value: String)], hasOwnWeights: Bool,
        hasTrained: Bool
    ) {
        self.host = host
        self.hasOwnWeights = hasOwnWeights
        self.hasTrained = hasTrained
        samples = given?.inputs[0].rowCount
        shapes = given?.shapes ?? SampleShapes()
        self.common = common.map { ($0.name, fingerprint(of: $0.value)) }
        data = given?.fingerprint ?? 0
    }

    func write(to writer: inout WireWriter) {
        writer.write(host)
        writer.write(samples ?? -1)
        for shapes in [shapes.inputs, shapes.targets, shapes.weights] {
            writer.write(shapes) { $0.write($1.dimensions) { $0.write($1) } }
        }
        writer.write(common) {
            $0.write($1.name)
            $0.write($1.fingerprint)
        }
        writer.write(data)
        writer.write(hasOwnWeights)
        writer.write(hasTrained)
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        func readShapes(_ reader: inout WireReader) throws(ClusterError) -> [Shape] {
            try reader.readArray { reader throws(ClusterError) in
                Shape(try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? [])
            } ?? []
        }
        host = try reader.readString()
        let count = try reader.readInt()
        samples = count < 0 ? nil : count
        shapes = SampleShapes(
            inputs: try readShapes(&reader), targets: try readShapes(&reader), weights: try readShapes(&reader))
        common =
            try reader.readArray { reader throws(ClusterError) in (try reader.readString(), try reader.readUInt64()) }
            ?? []
        data = try reader.readUInt64()
        hasOwnWeights = try reader.readBool()
        hasTrained = try reader.readBool()
    }

    /// The conclusion from the declarations of all ranks.
    struct Verdict {
        let root: Declaration
        /// Of all ranks.
        let hosts: [String]
        let place: DataSet.Place
        let someHaveOwnWeights: Bool
        let allHaveTrained: Bool

        /// The data set, of which this rank has these copies.
        func data(_ given: GivenSamples?) -> DataSet {
            DataSet(place: place, samples: root.samples ?? 0, shapes: root.shapes, given: given)
        }
    }

    /// Collective: exchanges the declarations and checks that they agree. Every rank comes to the same verdict.
    ///
    /// - Parameter common: arguments that must be the same on all ranks, by name.
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
                root: root, hosts: disagreement.hosts, place: place,
                someHaveOwnWeights: all.contains(where: \.hasOwnWeights),
                allHaveTrained: all.allSatisfy(\.hasTrained))
        }
        if holders == [0] { return verdict(.root) }
        guard holders.count == all.count else { throw TrainingError.dataOnSomeRanks(holders) }
        let shapes = "\(own.samples ?? 0) samples of \(own.shapes)"
        try disagreement.check(
            "data", same: all.map { $0.samples == root.samples && $0.shapes == root.shapes }, value: shapes)
        try disagreement.check(
            "data", same: all.map { $0.data == root.data },
            value: "\(shapes), fingerprint \(String(own.data, radix: 16))")
        return verdict(.everywhere)
    }
}
