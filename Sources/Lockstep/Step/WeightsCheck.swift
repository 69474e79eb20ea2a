import LockstepCluster
import LockstepCompute

extension Runtime {
    /// Collective: compares the weights and the state of all ranks.
    ///
    /// - Throws: `TrainingError.weightsDiffer` on all ranks.
    func checkWeights(after epoch: Int) throws {
        guard communicator.size > 1 else { return }
        var writer = WireWriter()
        writer.write(communicator.host)
        writer.write(arena.values.fingerprint ^ arena.state.fingerprint &* 31)
        let all = try communicator.shareAll(writer.bytes).map { bytes in
            var reader = WireReader(bytes)
            return (host: try reader.readString(), fingerprint: try reader.readUInt64())
        }
        let others = all.indices.filter { all[$0].fingerprint != all[0].fingerprint }
        guard others.isEmpty else {
            throw TrainingError.weightsDiffer(
                epoch: epoch, ranks: others, hosts: Set(others.map { all[$0].host }).sorted())
        }
    }
}
