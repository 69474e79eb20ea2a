import LockstepCompute

/// Dimensions that count as rows of the batch for a while. An operation then treats each index of such a dimension as a
/// row.
extension SymbolicTensor {
    /// `[batch, n, …]` as n rows `[…]` of each sample. The elements stay in place. Micro-shards are still cut between
    /// samples.
    package var folded: SymbolicTensor {
        let shape = spec.shape
        guard let trace = source as? Trace, spec.isBatched, shape.rank > 0 else {
            preconditionFailure("a tensor of a layer's call with a dimension to fold is needed, received: \(spec)")
        }
        return trace.regroup(
            self,
            as: TensorSpec(Shape(Array(shape.dimensions.dropFirst())), rowsPerSample: spec.rowsPerSample * shape[0]))
    }

    /// Makes each n rows of a sample a dimension again, `[batch, n, …]`.
    package func unfolded(_ n: Int) -> SymbolicTensor {
        guard let trace = source as? Trace, spec.isBatched, n > 0, spec.rowsPerSample.isMultiple(of: n) else {
            preconditionFailure("\(n) rows are needed of each sample of a layer's tensor, received: \(spec)")
        }
        return trace.regroup(self, as: TensorSpec(spec.shape.rows(n), rowsPerSample: spec.rowsPerSample / n))
    }
}
