extension Model {
    func save(_ path: String) throws {}
    func saveWeights(_ path: String) throws {}
}
