import LockstepCompute

/// A data set on which all ranks agree: the number of samples, their shapes, and the ranks that have them. A class,
/// because a small step would notice copies of so many arrays.
final class DataSet {
    /// On every rank, or on rank 0 alone.
    enum Place { case everywhere, root }

    let place: Place
    let samples: Int
    let shapes: SampleShapes
    /// This rank's copy; nil if it has none.
    let given: GivenSamples?

    init(place: Place, samples: Int, shapes: SampleShapes, given: GivenSamples?) {
        self.place = place
        self.samples = samples
        self.shapes = shapes
        self.given = given
    }

    /// The number of samples, their shapes, and a fingerprint if this rank has them.
    var description: String {
        let shapes = "\(samples) samples of \(shapes)"
        guard let given else { return shapes }
        return "\(shapes), fingerprint \(String(given.fingerprint, radix: 16))"
    }

    /// Rows without a dimension of their own count as rows of one element, as in Keras.
    static func rowShape(_ tensor: Tensor) -> Shape { tensor.shape.rank <= 1 ? [1] : tensor.shape.row }

    /// Whether a tensor's rows have a shape. Allocates nothing.
    static func hasRows(_ tensor: Tensor, of shape: Shape) -> Bool {
        tensor.shape.rank <= 1
            ? shape.rank == 1 && shape[0] == 1 : tensor.shape.dimensions.dropFirst().elementsEqual(shape.dimensions)
    }
}

extension PartialShape {
    /// Whether it accepts the rows of a tensor, of which `DataSet.rowShape` has told the shape.
    func acceptsRow(_ row: Shape) -> Bool { accepts(row) || (rank == 0 && row == [1]) }
}
