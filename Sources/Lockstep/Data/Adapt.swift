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
        try Coordinator(communicator: communicator).adapt(to: data) { rows in
            guard mean == nil, variance == nil else {
                throw TrainingError.argument(
                    "the layer of adapt", requirement: "without a mean and a variance of its own", received: name)
            }
            let (means, variances) = try statistics(of: rows())
            return Found(reals: [means, variances], integers: try rows().shape.row.dimensions)
        } take: { found in
            try take(means: found.reals[0], variances: found.reals[1], row: Shape(found.integers))
        }
    }
}

extension Discretization {
    /// Takes boundaries between bins from data, so that about equally many of its numbers lie in each bin: Keras's
    /// `adapt`. The model is built afterwards, or has been built for as many bins.
    ///
    /// Collective: every rank of the job calls it, as for `Normalization.adapt`.
    ///
    /// - Parameter data: numbers of any shape.
    /// - Throws: as `Normalization.adapt`.
    public func adapt(_ data: Tensor?) throws { try adapt(data, communicator: Job.communicator()) }

    /// As `adapt(_:)`, on other ranks than those of the job.
    package func adapt(_ data: Tensor?, communicator: any Communicator) throws {
        try Coordinator(communicator: communicator).adapt(to: data) { rows in
            Found(reals: [try boundaries(of: rows())], integers: [])
        } take: { found in
            try take(boundaries: found.reals[0])
        }
    }
}

extension IntegerLookup {
    /// Takes the vocabulary from data: Keras's `adapt`. The model is built afterwards, or has been built for as many
    /// numbers.
    ///
    /// Collective: every rank of the job calls it, as for `Normalization.adapt`.
    ///
    /// - Parameter data: whole numbers `[samples, …]`; for `tfIdf` the samples are the texts whose numbers count.
    /// - Throws: as `Normalization.adapt`.
    public func adapt(_ data: Tensor?) throws { try adapt(data, communicator: Job.communicator()) }

    /// As `adapt(_:)`, on other ranks than those of the job.
    package func adapt(_ data: Tensor?, communicator: any Communicator) throws {
        try Coordinator(communicator: communicator).adapt(to: data) { rows in
            let (tokens, weights) = try vocabulary(of: rows())
            return Found(reals: weights.map { [$0] } ?? [], integers: tokens)
        } take: { found in
            try take(vocabulary: found.integers, weights: found.reals.first)
        }
    }
}

extension StringLookup {
    /// Takes the vocabulary from data: Keras's `adapt`. The model is built afterwards, or has been built for as many
    /// strings.
    ///
    /// Collective: every rank of the job calls it, as for `Normalization.adapt`.
    ///
    /// - Parameter data: strings `[samples, …]`; for `tfIdf` the samples are the texts whose strings count.
    /// - Throws: as `Normalization.adapt`.
    public func adapt(_ data: Tensor?) throws { try adapt(data, communicator: Job.communicator()) }

    /// As `adapt(_:)`, on other ranks than those of the job.
    package func adapt(_ data: Tensor?, communicator: any Communicator) throws {
        try Coordinator(communicator: communicator).adapt(self, to: data, vocabulary)
    }
}

extension TextVectorization {
    /// Takes the vocabulary from texts: Keras's `adapt`. The model is built afterwards, or has been built for as many
    /// tokens.
    ///
    /// Collective: every rank of the job calls it, as for `Normalization.adapt`.
    ///
    /// - Parameter data: strings `[samples, …]`.
    /// - Throws: as `Normalization.adapt`.
    public func adapt(_ data: Tensor?) throws { try adapt(data, communicator: Job.communicator()) }

    /// As `adapt(_:)`, on other ranks than those of the job.
    package func adapt(_ data: Tensor?, communicator: any Communicator) throws {
        try Coordinator(communicator: communicator).adapt(self, to: data, vocabulary)
    }
}

/// What rank 0 finds in data.
private struct Found: Transferable {
    let reals: [[Double]]
    let integers: [Int]
    let strings: [String]

    init(reals: [[Double]], integers: [Int] = [], strings: [String] = []) {
        (self.reals, self.integers, self.strings) = (reals, integers, strings)
    }

    init(from reader: inout WireReader) throws(ClusterError) {
        reals =
            try reader.readArray { reader throws(ClusterError) in
                try reader.readArray { reader throws(ClusterError) in try reader.readDouble() } ?? []
            } ?? []
        integers = try reader.readArray { reader throws(ClusterError) in try reader.readInt() } ?? []
        strings = try reader.readArray { reader throws(ClusterError) in try reader.readString() } ?? []
    }

    func write(to writer: inout WireWriter) {
        writer.write(reals) { writer, values in writer.write(values) { $0.write($1) } }
        writer.write(integers) { $0.write($1) }
        writer.write(strings) { $0.write($1) }
    }
}

extension Coordinator {
    /// Collective: rank 0 looks for something in data, and all ranks take what it has found.
    ///
    /// - Parameters:
    ///   - isText: whether the data must be strings.
    ///   - find: is called on rank 0, with a function that gives the data as rows.
    fileprivate func adapt(
        to data: Tensor?, isText: Bool = false, find: (_ rows: () throws -> Tensor) throws -> Found,
        take: (Found) throws -> Void
    ) throws {
        let found = try decide {
            try find {
                guard let data else { throw TrainingError.noData(call: "adapt") }
                guard data.count > 0 else {
                    throw TrainingError.argument("data", requirement: "not empty", received: "\(data.shape)")
                }
                if (data.type == .string) != isText {
                    throw TrainingError.elements(
                        argument: "data", .text(isText ? .string : .float32, received: data.type))
                }
                if data.type == .float32 { try data.checkFinite("data") }
                return data.shape.rank == 1 ? try data.reshaped([data.count, 1]) : data
            }
        }
        try agree { try take(found) }
    }

    /// Collective: rank 0 looks for a vocabulary in text, and the layers of all ranks take it.
    fileprivate func adapt<Lookup: LookupLayer>(
        _ layer: Lookup, to data: Tensor?,
        _ vocabulary: (Tensor) throws(LayerError) -> (tokens: [TextToken], weights: [Double]?)
    ) throws where Lookup.Token == TextToken {
        try adapt(to: data, isText: true) { rows in
            let (tokens, weights) = try vocabulary(rows())
            return Found(reals: weights.map { [$0] } ?? [], strings: tokens.map(\.string))
        } take: { found in
            try layer.take(vocabulary: found.strings.map(TextToken.init), weights: found.reals.first)
        }
    }
}
