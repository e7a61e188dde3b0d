// SPDX-License-Identifier: Apache-2.0
import Routing
import Testing

@Suite struct RetryBudgetTests {
    @Test func `a full bucket has ten extra attempts, and then a share of the calls`() {
        var budget = RetryBudget()
        let granted = (0..<1_000).filter { _ in
            budget.deposit(0.25)
            return budget.withdraw()
        }.count
        // The first share finds the bucket full.
        #expect(granted == 10 + 999 / 4)
    }

    @Test func `what is charged may empty it, and never owes anything`() {
        var budget = RetryBudget()
        for _ in 0..<100 { budget.charge() }
        #expect(budget.tokens == 0)
        var isGranted = budget.withdraw()
        #expect(!isGranted)
        for _ in 0..<5 { budget.deposit(0.25) }
        isGranted = budget.withdraw()
        #expect(isGranted)
    }

    @Test func `it holds no more than ten`() {
        var budget = RetryBudget()
        for _ in 0..<1_000 { budget.deposit(1) }
        #expect(budget.tokens == 10)
    }
}
