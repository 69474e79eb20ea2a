import LockstepCluster
import LockstepCompute
import LockstepLayers

/// The numbers that layers make of text, once before a call of the model computes.
extension Runtime {
    /// What an input is called in errors.
    func argument(ofInput index: Int) -> String { inputNames.count == 1 ? "x" : "x['\(inputNames[index])']" }

    /// Collective: data with what a step takes for the model's inputs: numbers in place of text.
    ///
    /// Each rank makes the numbers of its part of the rows, if all have the text. If rank 0 alone has it, rank 0 makes
    /// them.
    ///
    /// - Throws: on every rank, if anything is wrong on one: `TrainingError.inputShape`, and `LayerError` for text of
    ///   which a layer makes no numbers.
    func numbered(_ data: DataSet, suffix: String) throws -> DataSet {
        let coordinator = Coordinator(communicator: communicator)
        try coordinator.agree {
            for (index, (expected, received)) in zip(graph.inputShapes, data.shapes.inputs).enumerated()
            where !expected.acceptsRow(received) {
                throw TrainingError.inputShape(
                    argument: argument(ofInput: index) + suffix, expected: expected, received: received)
            }
        }
        var shapes = data.shapes
        (shapes.texts, shapes.inputs) = (shapes.inputs, [])
        var given = data.given
        given?.inputs = []
        given?.texts = shapes.texts
        for feed in graph.feeds {
            let row = shapes.texts[feed.input]
            guard let layer = feed.layer else {
                shapes.inputs.append(row)
                if let data = data.given { given?.inputs.append(data.inputs[feed.input]) }
                continue
            }
            let textRow = graph.inputShapes[feed.input].rank == 0 ? [] : row
            let part = numberedRows(data)
            let own = try coordinator.agree {
                try (data.given?.inputs[feed.input].rows(part)).map {
                    try layer.numbers(of: $0, row: textRow, first: part.lowerBound, on: backend.crew)
                }
            }
            let width = try longest(own?.shape[1] ?? 1)
            let numbersRow = layer.numbersRow(of: textRow, length: width)
            shapes.inputs.append(numbersRow.rank == 0 ? [1] : numbersRow)
            guard let own, given != nil else { continue }
            let whole = Tensor.zeros(numbersRow.rows(data.samples), type: .int32)
            try gather(own.widened(to: width, filling: layer.padding), of: data, into: whole)
            given?.inputs.append(whole)
        }
        return DataSet(place: data.place, samples: data.samples, shapes: shapes, given: given)
    }

    /// The rows of which this rank makes numbers.
    private func numberedRows(_ data: DataSet) -> Range<Int> {
        guard data.place == .everywhere else { return 0..<data.samples }
        let (rank, size) = (communicator.rank, communicator.size)
        return data.samples * rank / size..<data.samples * (rank + 1) / size
    }

    /// Collective: the largest of the ranks' widths.
    private func longest(_ width: Int) throws -> Int {
        guard communicator.size > 1 else { return width }
        var writer = WireWriter()
        writer.write(width)
        return try communicator.shareAll(writer.bytes).map { bytes in
            var reader = WireReader(bytes)
            return try reader.readInt()
        }.max() ?? width
    }

    /// Collective where all ranks have the data: the numbers that all ranks have made.
    private func gather(_ own: Tensor, of data: DataSet, into whole: Tensor) throws {
        guard data.place == .everywhere, communicator.size > 1 else { return whole.assign(own) }
        let (size, width) = (communicator.size, own.shape[1])
        let counts = (0..<size).map { (data.samples * ($0 + 1) / size - data.samples * $0 / size) * width }
        try communicator.allGather(own.bits, counts: counts, into: whole.bits)
    }
}

extension Tensor {
    /// The rows of a matrix of int32 with a number behind them.
    fileprivate func widened(to width: Int, filling number: Int32) -> Tensor {
        guard width != shape[1] else { return self }
        let result = Tensor.zeros([rowCount, width], type: .int32)
        for row in 0..<rowCount {
            for place in 0..<width {
                result.setInteger(
                    place < shape[1] ? integer(at: row * shape[1] + place) : number, at: row * width + place)
            }
        }
        return result
    }
}
