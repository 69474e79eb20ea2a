/// The shape of a batch: how many rows it has, if that is always the same, and the shape of a row.
struct BatchShape: Sendable, ConfigurationConvertible {
    /// Nil if the number of rows may change.
    let batch: Int?
    let row: PartialShape

    init(batch: Int?, row: PartialShape) { (self.batch, self.row) = (batch, row) }

    /// Reads `[4, 28, 28, 1]`, or `[null, 28, 28, 1]`.
    init(_ argument: LayerArgument) throws(LayerError) {
        row = try PartialShape(argument)
        // Files have other values than sizes here too.
        if case .integer(let size)? = argument.value.list?.first, (1...Int(Int32.max)).contains(size) {
            batch = size
        } else {
            batch = nil
        }
    }

    var configurationValue: ConfigurationValue {
        guard let batch, let row = row.configurationValue.list?.dropFirst() else { return row.configurationValue }
        return .list([.integer(batch)] + row)
    }
}
