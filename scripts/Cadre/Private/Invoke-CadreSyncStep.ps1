# Does one step of a plan (Get-CadreSyncPlan), by the cmdlet that does it for a person too, and gives back whether that changed anything.
# What cannot be taken back asks for itself, unless -Confirm was given: then the person has been asked, or does not want to be.
function Invoke-CadreSyncStep {
    [CmdletBinding()]
    [OutputType([bool])]
    param(
        [Parameter(Mandatory)] [psobject] $Inventory,
        [Parameter(Mandatory)] [psobject] $Step,
        [switch] $Asked)

    $name, $way = $Step.Node, $Inventory.Way
    $wanted = $Inventory.Nodes | Where-Object { $_.Node -ceq $name }
    $packages = @{}
    if ($null -ne $Inventory.Update) { $packages.Package = $Inventory.Update.Files }
    $sure = @{ ErrorAction = 'Stop' }
    $quiet = $sure + @{ Confirm = $false }
    if ($Asked) { $sure.Confirm = $false }
    $told = switch ($Step.Action) {
        'Add' {
            $reached = $way.Clone()
            $reached.HostName = $wanted.HostName
            $place = $wanted.Place
            Add-CadreNode -Node $name @reached @place @packages @quiet
        }
        'Update' { Update-CadreNode -Node $name @way @packages @quiet }
        'Install' { Install-CadreEngine $Inventory.Engines[$Step.Engine].Path -Node $name @way @quiet }
        'Uninstall' { Uninstall-CadreEngine $Step.Engine -Node $name @way @sure }
        'Suspend' { Suspend-CadreNode -Name $name @quiet }
        'Resume' {
            # A run that ended between its update and this left it drained: then it is looked at first.
            if ($packages.Count -gt 0 -and -not $Step.Master) {
                $before = Get-CadreNode -Name $name
                $null = Update-CadreNode -Node $name @way @packages @quiet
                [pscustomobject] @{ Changed = $before.Cordoned }
            }
            else { Resume-CadreNode -Name $name @quiet }
        }
        'Remove' { Remove-CadreNode -Name $name @sure }
    }
    @($told | Where-Object { $_.Changed }).Count -gt 0
}
