import LockstepCompute

/// A table of numbers, and what was recognised in it.
public struct CsvTable: Sendable {
    /// `[rows, columns]`.
    public internal(set) var values: Tensor
    /// The classes, if its only column held their names; nil if it held numbers.
    public internal(set) var classes: ClassNames?
    /// Notes about a line that was read as the header, and about columns or lines that were left out. They do not name
    /// the file.
    public internal(set) var notes: [String]
}
