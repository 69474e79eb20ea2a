import Lockstep

/// Reads a model from a file of any format there is.
///
/// - Parameter seed: keys initial weights, shuffles and dropout; nil draws one.
func openModel(_ file: String, seed: UInt64? = nil) throws -> Model {
    try Model.fromJSON(file: file, seed: seed)
}

/// Writes a model to a file of the format that its name tells.
func writeModel(_ model: Model, to file: String) throws {
    try writeText(model.toJSON(), to: file)
}

/// Collective: runs the body on every rank; if it fails on any, that is an error on all.
func onEveryRank<Value>(_ body: () throws -> Value) throws -> Value {
    try Coordinator(communicator: try Job.communicator()).agree(body)
}
