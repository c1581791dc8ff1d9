# One step of a plan: what the person is told of it (Node, Step, Before, After, Changed), and how it is done (Action, Engine, Master:
# it is done on the master's own node).
function ConvertTo-CadreSyncStep {
    [CmdletBinding()]
    [OutputType([psobject])]
    param(
        [Parameter(Mandatory)] [string] $Node,
        [Parameter(Mandatory)] [ValidateSet('None', 'Node', 'Packages', 'Engine', 'State')] [string] $Step,
        [Parameter(Mandatory)] [ValidateSet('None', 'Add', 'Update', 'Install', 'Uninstall', 'Suspend', 'Resume', 'Remove')] [string] $Action,
        [AllowEmptyString()] [string] $Before = '',
        [AllowEmptyString()] [string] $After = '',
        [string] $Engine = '',
        [switch] $Master)

    [pscustomobject] @{
        Node    = $Node
        Step    = $Step
        Before  = $Before
        After   = $After
        Changed = $false
        Action  = $Action
        Engine  = $Engine
        Master  = [bool] $Master
    }
}
