import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Normalization {
    /// Takes the mean and the variance of data, by which the layer normalizes from then on: Keras's `adapt`.
    ///
    ///     let normalization = Normalization()
    ///     try normalization.adapt(x)
    ///     let model = Sequential([normalization, Dense(1)])
    ///
    /// Collective: every rank of the job calls it. The data is the same on every rank, or rank 0 has it and the others
    /// pass nil. Rank 0 sums in double precision; all ranks get its statistics.
    ///
    /// - Parameter data: `[samples, …]`; a vector has rows of one element. The statistics are those of the dimensions
    ///   `axis`, over all samples.
    /// - Throws: on every rank, if anything is wrong: `TrainingError` for missing, empty or not finite data,
    ///   `LayerError` if it does not fit the layer.
    public func adapt(_ data: Tensor?) throws { try adapt(data, communicator: Job.communicator()) }

    /// As `adapt(_:)`, on other ranks than those of the job.
    package func adapt(_ data: Tensor?, communicator: any Communicator) throws {
        let coordinator = Coordinator(communicator: communicator)
        let found = try coordinator.decide {
            guard mean == nil, variance == nil else {
                throw TrainingError.argument(
                    "the layer of adapt", requirement: "without a mean and a variance of its own", received: name)
            }
            guard let data else { throw TrainingError.noData(call: "adapt") }
            guard data.count > 0 else {
                throw TrainingError.argument("data", requirement: "not empty", received: "\(data.shape)")
            }
            if data.type == .float32 { try data.checkFinite("data") }
            let rows = data.shape.rank == 1 ? try data.reshaped([data.count, 1]) : data
            let (means, variances) = try statistics(of: rows)
            return Statistics(means: means, variances: variances, row: rows.shape.row.dimensions)
        }
        try coordinator.agree { try take(means: found.means, variances: found.variances, row: Shape(found.row)) }
    }

    private struct Statistics: Transferable {
        let means, variances: [Double]
        let row: [Int]

        init(means: [Double], variances: [Double], row: [Int]) {
            (self.means, self.variances, self.row) = (means, variances, row)
        }

        init(from reader: inout WireReader) throws(ClusterError) {
            func reals() throws(ClusterError) -> [Double] {
                try reader.readArray { reader throws(ClusterError) in try reader.readDouble() } ?? []
            }
            (means, variances) = (try reals(), try reals())
            row = try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? []
        }

        func write(to writer: inout WireWriter) {
            for values in [means, variances] { writer.write(values) { $0.write($1) } }
            writer.write(row) { $0.write($1) }
        }
    }
}
